extension SettingsCodec where Value == Set<Sink> {
  static var sinks: SettingsCodec {
    let list = SettingsCodec<Sink>.choice.list("list of `logbeacon`, `telegram`, `webhook`, or `none`", limit: 16)
    return SettingsCodec(
      typeName: list.typeName,
      decode: { value, key, problems in list.decode(value, key, &problems).map { Set($0) } },
      encode: { sinks in list.encode(Sink.allCases.filter { sinks.contains($0) }) })
  }
}

extension SettingsCodec where Value == [ListenAddress] {
  static var addresses: SettingsCodec {
    SettingsCodec<ListenAddress>.address.list("list of addresses", limit: 16)
  }
}

extension SettingsCodec where Value == [TrustedProxy] {
  static var proxies: SettingsCodec {
    SettingsCodec<TrustedProxy>.scalar(
      "proxy",
      parse: { scalar throws(SettingsFault) in
        guard let proxy = TrustedProxy(scalar.text) else {
          throw SettingsFault(
            "\(scalar.quoted) is no address and no range", mend: "write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32 or unix")
        }
        return proxy
      },
      encode: { .text($0.description) }
    ).list("list of proxies", limit: 64)
  }
}

extension SettingsCodec where Value == String? {
  /// A path, or `none`.
  static var file: SettingsCodec { SettingsCodec<String>.text(.path).optional("none") }

  /// A path, or `system` for the system's own authorities.
  static var authorities: SettingsCodec { SettingsCodec<String>.text(.path).optional("system") }
}
