# For data that needs more care: a service perimeter, keys of one's own, old versions kept, a budget.

module "headrace" {
  source            = "../.."
  project_id        = var.project_id
  region            = var.region
  stage_image       = var.stage_image
  controller_image  = var.controller_image
  function_zip      = var.function_zip
  guard_zip         = var.guard_zip
  service_perimeter = true
  kms_key           = var.kms_key
  versioning        = true
  soft_delete_days  = 30
  billing_account   = var.billing_account
  monthly_budget    = var.monthly_budget
  budget_emails     = var.budget_emails
}
