# frozen_string_literal: true

# Sends a request with generated code, and follows redirects: VARIANT URL CAFILE PROXY

variant, url, cafile, proxy = ARGV
require_relative variant
pinned = Object.const_get(variant.capitalize)
through = proxy.empty? ? [nil] : [URI(proxy).hostname, URI(proxy).port]
pinned.on_mismatch = lambda do |host, presented, enforced|
  warn("reported: #{host}, #{enforced ? 'refused' : 'let pass'}") if presented.any?
end
url = URI(url)
hops = 0
begin
  while url && hops < 5
    http = Net::HTTP.new(url.hostname, url.port, *through)
    http.ca_file = cafile
    http.open_timeout = http.ssl_timeout = http.read_timeout = 5
    answer = pinned.pin(http).start { |connected| connected.get(url.request_uri) }
    answer.value unless answer.is_a?(Net::HTTPRedirection)
    url = answer['location'] && URI.join(url, answer['location'])
    hops += 1
  end
rescue IOError, SystemCallError, Timeout::Error, OpenSSL::SSL::SSLError, Net::ProtocolError, Net::HTTPBadResponse => e
  abort(e.message)
end
