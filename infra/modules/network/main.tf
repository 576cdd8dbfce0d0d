# A network whose machines have no public address and reach Google's APIs only, unless NAT is wanted.

locals {
  # "Configure Private Google Access": private.googleapis.com and restricted.googleapis.com.
  vip = (
    var.service_perimeter
    ? { name = "restricted.googleapis.com.", range = "199.36.153.4/30", addresses = [for last in range(4, 8) : "199.36.153.${last}"] }
    : { name = "private.googleapis.com.", range = "199.36.153.8/30", addresses = [for last in range(8, 12) : "199.36.153.${last}"] }
  )
  zones = {
    googleapis = { domain = "googleapis.com.", host = local.vip.name }
    pkg-dev    = { domain = "pkg.dev.", host = "pkg.dev." }
    gcr-io     = { domain = "gcr.io.", host = "gcr.io." }
  }
}

resource "google_compute_network" "jobs" {
  project                 = var.project_id
  name                    = "${var.prefix}-jobs"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "jobs" {
  project                  = var.project_id
  name                     = "${var.prefix}-jobs"
  region                   = var.region
  network                  = google_compute_network.jobs.id
  ip_cidr_range            = var.subnet_range
  private_ip_google_access = true
}

resource "google_compute_firewall" "deny_ingress" {
  project       = var.project_id
  name          = "${var.prefix}-deny-ingress"
  network       = google_compute_network.jobs.name
  direction     = "INGRESS"
  priority      = 65000
  source_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
}

resource "google_compute_firewall" "allow_google" {
  project            = var.project_id
  name               = "${var.prefix}-allow-google"
  network            = google_compute_network.jobs.name
  direction          = "EGRESS"
  priority           = 900
  destination_ranges = [local.vip.range]
  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_compute_firewall" "deny_egress" {
  count              = var.nat ? 0 : 1
  project            = var.project_id
  name               = "${var.prefix}-deny-egress"
  network            = google_compute_network.jobs.name
  direction          = "EGRESS"
  priority           = 65000
  destination_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
}

resource "google_dns_managed_zone" "google" {
  for_each   = local.zones
  project    = var.project_id
  name       = "${var.prefix}-${each.key}"
  dns_name   = each.value.domain
  visibility = "private"
  labels     = var.labels
  private_visibility_config {
    networks {
      network_url = google_compute_network.jobs.id
    }
  }
}

resource "google_dns_record_set" "address" {
  for_each     = local.zones
  project      = var.project_id
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = each.value.host
  type         = "A"
  ttl          = 300
  rrdatas      = local.vip.addresses
}

resource "google_dns_record_set" "alias" {
  for_each     = local.zones
  project      = var.project_id
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = "*.${each.value.domain}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [each.value.host]
}

resource "google_compute_router" "nat" {
  count   = var.nat ? 1 : 0
  project = var.project_id
  name    = "${var.prefix}-nat"
  region  = var.region
  network = google_compute_network.jobs.id
}

resource "google_compute_router_nat" "nat" {
  count                              = var.nat ? 1 : 0
  project                            = var.project_id
  name                               = "${var.prefix}-nat"
  region                             = var.region
  router                             = google_compute_router.nat[0].name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"
  subnetwork {
    name                    = google_compute_subnetwork.jobs.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}
