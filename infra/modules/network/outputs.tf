output "network" {
  description = "Full name of the network."
  value       = "projects/${var.project_id}/global/networks/${google_compute_network.jobs.name}"
}

output "subnetwork" {
  description = "Full name of the subnetwork."
  value       = "projects/${var.project_id}/regions/${var.region}/subnetworks/${google_compute_subnetwork.jobs.name}"
}
