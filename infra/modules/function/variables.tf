variable "project_id" {
  type        = string
  description = "Project."
}

variable "region" {
  type        = string
  description = "Region of the function and of its trigger."
}

variable "name" {
  type        = string
  description = "Name of the function."
}

variable "entry_point" {
  type        = string
  description = "Name of the Python function in main.py."
}

variable "zip" {
  type        = string
  description = "Path of the zip."
}

variable "source_bucket" {
  type        = string
  description = "Bucket that the zip is put into."
}

variable "repository" {
  type        = string
  description = "Full name of the repository for the function's image."
}

variable "build_account" {
  type        = string
  description = "Full name of the account that builds."
}

variable "account" {
  type        = string
  description = "Address of the account that the function runs as."
}

variable "caller" {
  type        = string
  description = "Address of the account that may call it, and nobody else."
}

variable "environment" {
  type        = map(string)
  description = "Environment of the function; nothing secret."
}

variable "event" {
  type        = object({ type = string, filters = map(string), topic = string })
  default     = null
  description = "What calls it: type, exact filters, and for messages the topic; HTTP when null."
}

variable "timeout_seconds" {
  type        = number
  description = "Limit of one call."
  validation {
    condition     = var.timeout_seconds <= 540
    error_message = "timeout_seconds must be 540 or less: the event would come again meanwhile."
  }
}

variable "max_instances" {
  type        = number
  description = "How many calls may run at once, each in an instance of its own."
}

variable "kms_key" {
  type        = string
  description = "Key for source and image, or null."
}

variable "labels" {
  type        = map(string)
  description = "Labels."
}
