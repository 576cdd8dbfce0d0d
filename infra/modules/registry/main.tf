# Our images, the functions' images, and a cache that stands for quay.io on private machines.

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.region
  repository_id = "${var.prefix}-images"
  description   = "Stage and controller images."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = var.labels
  docker_config {
    immutable_tags = true
  }
}

# Apart, because builds of functions move their tags.
resource "google_artifact_registry_repository" "functions" {
  project       = var.project_id
  location      = var.region
  repository_id = "${var.prefix}-functions"
  description   = "Images of the functions, built from their zips."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = var.labels
}

resource "google_artifact_registry_repository" "quay" {
  project       = var.project_id
  location      = var.region
  repository_id = "${var.prefix}-quay"
  description   = "quay.io, biocontainers above all, through a cache."
  format        = "DOCKER"
  mode          = "REMOTE_REPOSITORY"
  kms_key_name  = var.kms_key
  labels        = var.labels
  remote_repository_config {
    docker_repository {
      custom_repository {
        uri = "https://quay.io"
      }
    }
  }
}
