output "inbox" {
  description = "Bucket whose uploads start runs."
  value       = module.buckets.names["inbox"]
}

output "results" {
  description = "Bucket of results."
  value       = module.buckets.names["results"]
}

output "image_repository" {
  description = "Where images of this project are pushed."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${module.registry.names["images"]}"
}

output "image_repository_id" {
  description = "The same, by its full name."
  value       = module.registry.ids["images"]
}

output "quay_mirror" {
  description = "What stands for quay.io in the names of images, on machines that cannot reach it."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${module.registry.names["quay"]}"
}

output "build_account" {
  description = "Account that builds images, in full."
  value       = module.accounts.ids["build"]
}

output "dead_letter_topic" {
  description = "Topic of events that were refused for good."
  value       = "projects/${var.project_id}/topics/${google_pubsub_topic.dead_letters.name}"
}

output "function" {
  description = "Name of the function that starts runs, once it is there."
  value       = one(module.function[*].name)
}

output "settings" {
  description = "Content of profiles/gcp/settings.yaml, once images are known."
  value       = var.stage_image == null ? null : yamlencode({ for name, value in local.settings : name => value if value != null })
}

output "pubsub_agent" {
  description = "Google's account that delivers messages, which moves refused ones aside."
  value       = "service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

output "source_bucket" {
  description = "Bucket that sources are built from."
  value       = module.buckets.names["source"]
}

output "network" {
  description = "Network of the jobs, in full."
  value       = local.network
}

output "subnetwork" {
  description = "Subnetwork of the jobs, in full."
  value       = local.subnetwork
}
