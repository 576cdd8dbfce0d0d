output "topic" {
  description = "Full name of the topic of budget messages."
  value       = "projects/${var.project_id}/topics/${google_pubsub_topic.budget.name}"
}
