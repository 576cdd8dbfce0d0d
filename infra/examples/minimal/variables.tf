variable "project_id" {
  type        = string
  description = "Existing project."
}

variable "region" {
  type        = string
  default     = "us-central1"
  description = "Region of everything."
}

variable "stage_image" {
  type        = string
  description = "Stage image, by digest."
}

variable "controller_image" {
  type        = string
  description = "Controller image, by digest."
}

variable "function_zip" {
  type        = string
  description = "Zip of the function."
}

variable "guard_zip" {
  type        = string
  description = "Zip of the budget guard."
}
