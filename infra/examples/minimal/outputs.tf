output "settings" {
  description = "Content of profiles/gcp/settings.yaml."
  value       = module.headrace.settings
}
