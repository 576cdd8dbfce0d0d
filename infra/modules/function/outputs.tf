output "name" {
  description = "Name of the function."
  value       = google_cloudfunctions2_function.function.name
}

output "uri" {
  description = "Address of the function, which Google chooses."
  value       = google_cloudfunctions2_function.function.service_config[0].uri
}
