variable "project_id" {
  type        = string
  description = "Project."
}

variable "region" {
  type        = string
  description = "Location of all buckets; events need it to be the function's region."
}

variable "names" {
  type        = object({ inbox = string, results = string, source = string })
  description = "Names of the buckets."
}

variable "versioning" {
  type        = bool
  description = "Keep old versions in inbox and results."
}

variable "work_days" {
  type        = number
  description = "Days after which objects below work/ are deleted."
}

variable "soft_delete_days" {
  type        = number
  description = "Days for which deleted objects can be brought back."
}

variable "delete_data" {
  type        = bool
  description = "Let a destroy delete buckets that are not empty."
}

variable "kms_key" {
  type        = string
  description = "Key for all objects, or null."
}

variable "labels" {
  type        = map(string)
  description = "Labels."
}
