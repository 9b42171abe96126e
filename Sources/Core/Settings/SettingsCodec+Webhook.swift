extension SettingsCodec where Value == Secret {
  /// What signs webhooks: `whsec_` and base64, as Standard Webhooks writes it, or a text that is the key itself.
  static var webhookSecret: SettingsCodec {
    .scalar(
      "secret", isSecret: true,
      parse: { scalar throws(SettingsFault) in
        let length = SettingsTextRule.token.accepts(scalar.text) ? WebhookKey(scalar.text)?.bytes.count : nil
        guard let length, (24...1024).contains(length) else {
          throw SettingsFault(
            "the value is not a webhook secret",
            mend:
              "write whsec_ and the base64 of 24 bytes or more (openssl rand -base64 32), or 24 visible ASCII characters or more"
          )
        }
        return Secret(scalar.text)
      },
      encode: { _ in .secret })
  }
}
