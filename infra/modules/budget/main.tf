# A monthly budget that tells people by e-mail and the guard by message, several times a day.

resource "google_pubsub_topic" "budget" {
  project      = var.project_id
  name         = "${var.prefix}-budget"
  kms_key_name = var.kms_key
  labels       = var.labels
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = toset(var.emails)
  project      = var.project_id
  display_name = "${var.prefix} budget"
  type         = "email"
  labels       = { email_address = each.key }
  user_labels  = var.labels
}

resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = substr("${var.prefix} ${var.project_id}", 0, 60)

  budget_filter {
    projects               = ["projects/${var.project_number}"]
    calendar_period        = "MONTH"
    credit_types_treatment = "EXCLUDE_ALL_CREDITS"
  }

  amount {
    specified_amount {
      currency_code = var.currency
      units         = tostring(var.units)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.8, 1.0]
    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  # The default recipients stay on: with thresholds, a budget needs at least one e-mail route.
  all_updates_rule {
    pubsub_topic                     = "projects/${var.project_id}/topics/${google_pubsub_topic.budget.name}"
    schema_version                   = "1.0"
    enable_project_level_recipients  = true
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  }
}
