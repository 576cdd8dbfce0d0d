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
  description = "Beginning of every account's name."
}

variable "buckets" {
  type        = object({ inbox = string, results = string, source = string })
  description = "Names of the buckets."
}

variable "repositories" {
  type        = object({ images = string, functions = string, quay = string })
  description = "Names of the repositories."
}

variable "job_secrets" {
  type        = set(string)
  description = "Names of the secrets that the worker may read."
}

variable "notice_secrets" {
  type        = set(string)
  description = "Names of the secrets that function and controllers may read."
}

variable "notice_topics" {
  type        = set(string)
  description = "Names of the topics that function and controllers may publish to."
}
