# A function of the second generation: called by one account only, from inside only: by its events or,
# without any, over HTTP.

resource "google_storage_bucket_object" "source" {
  name   = "${var.name}-${filesha256(var.zip)}.zip"
  bucket = var.source_bucket
  source = var.zip
}

resource "google_cloudfunctions2_function" "function" {
  project      = var.project_id
  location     = var.region
  name         = var.name
  kms_key_name = var.kms_key
  labels       = var.labels

  build_config {
    runtime           = "python313"
    entry_point       = var.entry_point
    service_account   = var.build_account
    docker_repository = var.repository
    source {
      storage_source {
        bucket = var.source_bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    available_memory                 = "512M"
    timeout_seconds                  = var.timeout_seconds
    max_instance_count               = var.max_instances
    max_instance_request_concurrency = 1
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true
    service_account_email            = var.account
    environment_variables            = var.environment
  }

  dynamic "event_trigger" {
    for_each = var.event == null ? [] : [var.event]
    content {
      event_type            = event_trigger.value.type
      trigger_region        = var.region
      pubsub_topic          = event_trigger.value.topic
      retry_policy          = "RETRY_POLICY_RETRY"
      service_account_email = var.caller
      dynamic "event_filters" {
        for_each = event_trigger.value.filters
        content {
          attribute = event_filters.key
          value     = event_filters.value
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.function.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.caller}"
}
