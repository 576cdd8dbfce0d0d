output "emails" {
  description = "Addresses of the accounts, by name."
  value       = local.emails
  depends_on  = [google_service_account.account]
}

output "ids" {
  description = "Full names of the accounts, by name."
  value       = { for name, email in local.emails : name => "projects/${var.project_id}/serviceAccounts/${email}" }
  depends_on  = [google_service_account.account]
}
