# The whole installation in one existing project. No provider is configured here: examples/ show how.

locals {
  labels = merge(var.labels, { app = var.prefix, managed-by = "terraform" })

  network    = var.existing_network == null ? module.network[0].network : var.existing_network.network
  subnetwork = var.existing_network == null ? module.network[0].subnetwork : var.existing_network.subnetwork

  # Names are those of headrace.settings.Settings: docs/settings.md.
  settings = {
    project                    = var.project_id
    region                     = var.region
    inbox                      = module.buckets.names["inbox"]
    results                    = module.buckets.names["results"]
    stage_image                = var.stage_image
    controller_image           = var.controller_image
    service                    = "batch"
    registry_mirrors           = "quay.io=${var.region}-docker.pkg.dev/${var.project_id}/${module.registry.names["quay"]}"
    fuse                       = var.fuse
    network                    = local.network
    subnetwork                 = local.subnetwork
    service_account            = module.accounts.emails["worker"]
    controller_service_account = module.accounts.emails["controller"]
    cap_run                    = var.caps.run == null ? null : tostring(var.caps.run)
    cap_day                    = var.caps.day == null ? null : tostring(var.caps.day)
    cap_month                  = var.caps.month == null ? null : tostring(var.caps.month)
    cap_currency               = var.caps.currency
  }
  environment   = { for name, value in local.settings : "HEADRACE_${upper(name)}" => value if value != null }
  sweep_seconds = 540
}

data "google_project" "this" {
  project_id = var.project_id
}

resource "google_project_service" "api" {
  for_each = toset(concat(length(var.job_secrets) + length(var.notice_secrets) == 0 ? [] : ["secretmanager"], [
    "artifactregistry", "batch", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudresourcemanager",
    "cloudscheduler", "compute", "dns", "eventarc", "iam", "logging", "monitoring", "pubsub", "run", "storage",
  ]))
  project            = var.project_id
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

module "network" {
  source            = "./modules/network"
  count             = var.existing_network == null ? 1 : 0
  project_id        = var.project_id
  region            = var.region
  prefix            = var.prefix
  subnet_range      = var.subnet_range
  nat               = var.nat
  service_perimeter = var.service_perimeter
  labels            = local.labels
  depends_on        = [google_project_service.api]
}

module "buckets" {
  source     = "./modules/buckets"
  project_id = var.project_id
  region     = var.region
  names = {
    inbox   = coalesce(var.inbox_bucket, "${var.project_id}-${var.prefix}-inbox")
    results = coalesce(var.results_bucket, "${var.project_id}-${var.prefix}-results")
    source  = "${var.project_id}-${var.prefix}-source"
  }
  versioning       = var.versioning
  work_days        = var.work_days
  soft_delete_days = var.soft_delete_days
  delete_data      = var.delete_data
  kms_key          = var.kms_key
  labels           = local.labels
  depends_on       = [google_project_service.api]
}

module "registry" {
  source     = "./modules/registry"
  project_id = var.project_id
  region     = var.region
  prefix     = var.prefix
  kms_key    = var.kms_key
  labels     = local.labels
  depends_on = [google_project_service.api]
}

module "accounts" {
  source         = "./modules/accounts"
  project_id     = var.project_id
  region         = var.region
  prefix         = var.prefix
  buckets        = module.buckets.names
  repositories   = module.registry.names
  job_secrets    = var.job_secrets
  notice_secrets = var.notice_secrets
  notice_topics  = var.notice_topics
  depends_on     = [google_project_service.api]
}

module "function" {
  source        = "./modules/function"
  count         = var.function_zip == null ? 0 : 1
  project_id    = var.project_id
  region        = var.region
  name          = "${var.prefix}-start"
  entry_point   = "handle"
  zip           = var.function_zip
  source_bucket = module.buckets.names["source"]
  repository    = module.registry.ids["functions"]
  build_account = module.accounts.ids["build"]
  account       = module.accounts.emails["function"]
  caller        = module.accounts.emails["trigger"]
  environment   = local.environment
  event = {
    type    = "google.cloud.storage.object.v1.finalized"
    filters = { bucket = module.buckets.names["inbox"] }
    topic   = null
  }
  timeout_seconds = 50 # shorter than the grace of a claim: headrace.arrivals.claims
  max_instances   = 10
  kms_key         = var.kms_key
  labels          = local.labels
  depends_on      = [module.accounts, module.buckets]
}

# Starts what no event started, and what waits for a time: docs/triggers.md.
module "sweep" {
  source          = "./modules/function"
  count           = var.function_zip == null ? 0 : 1
  project_id      = var.project_id
  region          = var.region
  name            = "${var.prefix}-sweep"
  entry_point     = "sweep"
  zip             = var.function_zip
  source_bucket   = module.buckets.names["source"]
  repository      = module.registry.ids["functions"]
  build_account   = module.accounts.ids["build"]
  account         = module.accounts.emails["function"]
  caller          = module.accounts.emails["trigger"]
  environment     = local.environment
  timeout_seconds = local.sweep_seconds
  max_instances   = 1
  kms_key         = var.kms_key
  labels          = local.labels
  depends_on      = [module.accounts, module.buckets]
}

module "sweep_schedule" {
  source           = "./modules/schedule"
  count            = var.function_zip == null ? 0 : 1
  project_id       = var.project_id
  region           = coalesce(var.schedule_region, var.region)
  name             = "${var.prefix}-sweep"
  description      = "Starts runs that no event started"
  schedule         = var.sweep_schedule
  uri              = module.sweep[0].uri
  caller           = module.accounts.emails["trigger"]
  deadline_seconds = local.sweep_seconds
  depends_on       = [google_project_service.api]
}

module "budget" {
  source          = "./modules/budget"
  count           = var.billing_account == null ? 0 : 1
  project_id      = var.project_id
  project_number  = data.google_project.this.number
  prefix          = var.prefix
  billing_account = var.billing_account
  units           = var.monthly_budget
  currency        = var.budget_currency
  emails          = var.budget_emails
  kms_key         = var.kms_key
  labels          = local.labels
  depends_on      = [google_project_service.api]
}

module "guard" {
  source        = "./modules/function"
  count         = var.billing_account == null || var.guard_zip == null ? 0 : 1
  project_id    = var.project_id
  region        = var.region
  name          = "${var.prefix}-guard"
  entry_point   = "handle"
  zip           = var.guard_zip
  source_bucket = module.buckets.names["source"]
  repository    = module.registry.ids["functions"]
  build_account = module.accounts.ids["build"]
  account       = module.accounts.emails["guard"]
  caller        = module.accounts.emails["trigger"]
  environment   = local.environment
  event = {
    type    = "google.cloud.pubsub.topic.v1.messagePublished"
    filters = {}
    topic   = module.budget[0].topic
  }
  timeout_seconds = 540 # it cancels jobs one by one
  max_instances   = 1
  kms_key         = var.kms_key
  labels          = local.labels
  depends_on      = [module.accounts, module.buckets]
}

# Events that were refused for good. `headrace deploy apply` attaches it to the subscription that
# Eventarc makes for the function, which Terraform cannot name.
resource "google_pubsub_topic" "dead_letters" {
  project      = var.project_id
  name         = "${var.prefix}-dead-letters"
  kms_key_name = var.kms_key
  labels       = local.labels
  depends_on   = [google_project_service.api]
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project_id
  name                       = "${var.prefix}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "604800s"
  labels                     = local.labels
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
