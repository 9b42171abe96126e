/// The version of Beacongate, as `beacongate version`, health documents and `User-Agent` say it.
package enum Version {
  package static let current = "0.1.0"
}
