print("beacongate")
