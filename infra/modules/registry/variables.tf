variable "project_id" {
  type        = string
  description = "Project."
}

variable "region" {
  type        = string
  description = "Location of the repositories."
}

variable "prefix" {
  type        = string
  description = "Beginning of every name."
}

variable "kms_key" {
  type        = string
  description = "Key for all images, or null."
}

variable "labels" {
  type        = map(string)
  description = "Labels."
}
