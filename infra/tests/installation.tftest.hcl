# What an installation is made of, with everything on and with everything off.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
}

variables {
  project_id       = "lab-project"
  region           = "europe-west4"
  function_zip     = "tests/installation.tftest.hcl"
  guard_zip        = "tests/installation.tftest.hcl"
  stage_image      = "europe-west4-docker.pkg.dev/lab-project/headrace-images/stage@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  controller_image = "europe-west4-docker.pkg.dev/lab-project/headrace-images/controller@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
  billing_account  = "012345-6789AB-CDEF01"
}

run "everything" {
  command = plan

  assert {
    condition     = length(module.function) == 1 && length(module.guard) == 1 && length(module.budget) == 1
    error_message = "function, guard and budget are made"
  }
  assert {
    condition     = output.inbox == "lab-project-headrace-inbox" && output.results == "lab-project-headrace-results"
    error_message = "buckets are named after project and prefix"
  }
  assert {
    condition     = yamldecode(output.settings).controller_service_account == "headrace-controller@lab-project.iam.gserviceaccount.com"
    error_message = "the settings name the controller's account"
  }
  assert {
    condition     = yamldecode(output.settings).subnetwork == "projects/lab-project/regions/europe-west4/subnetworks/headrace-jobs"
    error_message = "the settings name the subnetwork in full"
  }
  assert {
    condition     = output.quay_mirror == "europe-west4-docker.pkg.dev/lab-project/headrace-quay"
    error_message = "the mirror is in the region"
  }
}

run "before_images_are_built" {
  command = plan
  variables {
    function_zip     = null
    guard_zip        = null
    stage_image      = null
    controller_image = null
  }
  assert {
    condition     = length(module.function) == 0 && length(module.guard) == 0 && output.settings == null
    error_message = "no function without images"
  }
  assert {
    condition     = output.image_repository == "europe-west4-docker.pkg.dev/lab-project/headrace-images"
    error_message = "there is a repository to push to"
  }
}

run "without_a_billing_account" {
  command = plan
  variables {
    billing_account = null
  }
  assert {
    condition     = length(module.budget) == 0 && length(module.guard) == 0
    error_message = "no budget and no guard"
  }
}

run "in_a_network_of_others" {
  command = plan
  variables {
    existing_network = {
      network    = "projects/host/global/networks/shared"
      subnetwork = "projects/host/regions/europe-west4/subnetworks/jobs"
    }
  }
  assert {
    condition     = length(module.network) == 0 && yamldecode(output.settings).network == "projects/host/global/networks/shared"
    error_message = "the network that is given is used"
  }
}
