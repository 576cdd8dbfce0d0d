# Who may do what. docs/security.md holds this table in words, and a test holds the two together.
#
# batch.jobsEditor cannot be limited to some jobs, so the fence is who may act as whom: the function
# as the controller only, the controller as the worker only, nobody as anybody project-wide.

locals {
  accounts = {
    build      = "Builds images and functions"
    trigger    = "Delivers events to the functions"
    function   = "Starts runs"
    controller = "Carries a run out"
    worker     = "Runs the jobs of a run"
    guard      = "Pauses the project at its budget"
  }

  project_roles = {
    build      = ["roles/logging.logWriter"]
    trigger    = ["roles/eventarc.eventReceiver"]
    function   = ["roles/batch.jobsEditor", "roles/logging.logWriter"]
    controller = ["roles/batch.agentReporter", "roles/batch.jobsEditor", "roles/logging.logWriter"]
    worker     = ["roles/batch.agentReporter", "roles/logging.logWriter"]
    guard      = ["roles/batch.jobsEditor", "roles/logging.logWriter"]
  }

  # `below`: folders that the role is limited to; listing is a permission of the bucket itself.
  bucket_roles = {
    build-source       = { account = "build", bucket = "source", role = "roles/storage.objectViewer", below = [] }
    function-inbox     = { account = "function", bucket = "inbox", role = "roles/storage.objectViewer", below = [] }
    function-results   = { account = "function", bucket = "results", role = "roles/storage.objectUser", below = [] }
    controller-inbox   = { account = "controller", bucket = "inbox", role = "roles/storage.objectViewer", below = [] }
    controller-results = { account = "controller", bucket = "results", role = "roles/storage.objectUser", below = [] }
    worker-inbox       = { account = "worker", bucket = "inbox", role = "roles/storage.objectViewer", below = [] }
    worker-results     = { account = "worker", bucket = "results", role = "roles/storage.objectUser", below = ["references/", "runs/", "work/"] }
    guard-results      = { account = "guard", bucket = "results", role = "roles/storage.objectViewer", below = [] }
    guard-control      = { account = "guard", bucket = "results", role = "roles/storage.objectUser", below = ["control/"] }
  }

  repository_roles = {
    build-images      = { account = "build", repository = "images", role = "roles/artifactregistry.writer" }
    build-functions   = { account = "build", repository = "functions", role = "roles/artifactregistry.writer" }
    controller-images = { account = "controller", repository = "images", role = "roles/artifactregistry.reader" }
    controller-quay   = { account = "controller", repository = "quay", role = "roles/artifactregistry.reader" }
    worker-images     = { account = "worker", repository = "images", role = "roles/artifactregistry.reader" }
    worker-quay       = { account = "worker", repository = "quay", role = "roles/artifactregistry.reader" }
  }

  act_as = {
    function   = "controller"
    controller = "worker"
  }

  # An account's address follows from its name, so that a plan can be read before anything is made.
  emails = { for name in keys(local.accounts) : name => "${var.prefix}-${name}@${var.project_id}.iam.gserviceaccount.com" }
}

resource "google_service_account" "account" {
  for_each     = local.accounts
  project      = var.project_id
  account_id   = "${var.prefix}-${each.key}"
  display_name = "${var.prefix} ${each.key}"
  description  = each.value
}

resource "google_project_iam_member" "role" {
  for_each = merge([
    for account, roles in local.project_roles : {
      for role in roles : "${account}-${trimprefix(role, "roles/")}" => { account = account, role = role }
    }
  ]...)
  project    = var.project_id
  role       = each.value.role
  member     = "serviceAccount:${local.emails[each.value.account]}"
  depends_on = [google_service_account.account]
}

resource "google_storage_bucket_iam_member" "role" {
  for_each   = local.bucket_roles
  bucket     = var.buckets[each.value.bucket]
  role       = each.value.role
  member     = "serviceAccount:${local.emails[each.value.account]}"
  depends_on = [google_service_account.account]

  dynamic "condition" {
    for_each = length(each.value.below) == 0 ? [] : [each.value.below]
    content {
      title       = "only below ${join(" and ", condition.value)}"
      description = "Lists the bucket, reads and writes these folders."
      expression = join(" || ", concat(
        ["resource.type == 'storage.googleapis.com/Bucket'"],
        [for folder in condition.value : "resource.name.startsWith('projects/_/buckets/${var.buckets[each.value.bucket]}/objects/${folder}')"],
      ))
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "role" {
  for_each   = local.repository_roles
  project    = var.project_id
  location   = var.region
  repository = var.repositories[each.value.repository]
  role       = each.value.role
  member     = "serviceAccount:${local.emails[each.value.account]}"
  depends_on = [google_service_account.account]
}

resource "google_service_account_iam_member" "act_as" {
  for_each           = local.act_as
  service_account_id = "projects/${var.project_id}/serviceAccounts/${local.emails[each.value]}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.emails[each.key]}"
  depends_on         = [google_service_account.account]
}

resource "google_secret_manager_secret_iam_member" "job" {
  for_each   = var.job_secrets
  project    = var.project_id
  secret_id  = each.key
  role       = "roles/secretmanager.secretAccessor"
  member     = "serviceAccount:${local.emails["worker"]}"
  depends_on = [google_service_account.account]
}

# The function tells of uploads, controllers of runs: docs/notices.md.
locals {
  tellers = ["controller", "function"]
}

resource "google_secret_manager_secret_iam_member" "notice" {
  for_each = { for pair in setproduct(local.tellers, var.notice_secrets) : "${pair[0]}-${pair[1]}" => {
    account = pair[0], secret = pair[1]
  } }
  project    = var.project_id
  secret_id  = each.value.secret
  role       = "roles/secretmanager.secretAccessor"
  member     = "serviceAccount:${local.emails[each.value.account]}"
  depends_on = [google_service_account.account]
}

resource "google_pubsub_topic_iam_member" "notice" {
  for_each = { for pair in setproduct(local.tellers, var.notice_topics) : "${pair[0]}-${pair[1]}" => {
    account = pair[0], topic = pair[1]
  } }
  project    = var.project_id
  topic      = each.value.topic
  role       = "roles/pubsub.publisher"
  member     = "serviceAccount:${local.emails[each.value.account]}"
  depends_on = [google_service_account.account]
}
