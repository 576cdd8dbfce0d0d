variable "project_id" {
  type        = string
  description = "Project."
}

variable "region" {
  type        = string
  description = "Region of the subnetwork."
}

variable "prefix" {
  type        = string
  description = "Beginning of every name."
}

variable "subnet_range" {
  type        = string
  description = "Addresses of the jobs' machines."
}

variable "nat" {
  type        = bool
  description = "Let machines reach the internet."
}

variable "service_perimeter" {
  type        = bool
  description = "Use the addresses that only serve what a perimeter protects."
}

variable "labels" {
  type        = map(string)
  description = "Labels."
}
