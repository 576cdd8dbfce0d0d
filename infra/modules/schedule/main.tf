# A call of a function at fixed times, with a token that says who calls.

resource "google_cloud_scheduler_job" "call" {
  project          = var.project_id
  region           = var.region
  name             = var.name
  description      = var.description
  schedule         = var.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "${var.deadline_seconds}s"

  # The next call comes by itself and does the same: none is worth repeating.
  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = var.uri
    http_method = "POST"
    oidc_token {
      service_account_email = var.caller
      audience              = var.uri
    }
  }
}
