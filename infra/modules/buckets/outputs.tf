output "names" {
  description = "Names of the buckets, by use: inbox, results, source."
  value       = { for use, bucket in google_storage_bucket.bucket : use => bucket.name }
}
