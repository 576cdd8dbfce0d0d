locals {
  repositories = {
    images    = google_artifact_registry_repository.images
    functions = google_artifact_registry_repository.functions
    quay      = google_artifact_registry_repository.quay
  }
}

output "names" {
  description = "Names of the repositories, by use: images, functions, quay."
  value       = { for use, repository in local.repositories : use => repository.repository_id }
}

output "ids" {
  description = "Full names of the repositories, by use."
  value       = { for use, repository in local.repositories : use => "projects/${var.project_id}/locations/${var.region}/repositories/${repository.repository_id}" }
}
