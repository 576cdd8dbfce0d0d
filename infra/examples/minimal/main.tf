# The least that works: everything with its default, and no budget.

module "headrace" {
  source           = "../.."
  project_id       = var.project_id
  region           = var.region
  stage_image      = var.stage_image
  controller_image = var.controller_image
  function_zip     = var.function_zip
  guard_zip        = var.guard_zip
}
