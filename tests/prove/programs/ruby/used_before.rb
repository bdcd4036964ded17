# frozen_string_literal: true

# Requests /first without pins and /second with them, through the same object: PINS URL CAFILE

require 'net/http'

pins, url, cafile = ARGV
require pins
url = URI(url)
http = Net::HTTP.new(url.hostname, url.port, nil)
http.use_ssl = true
http.ca_file = cafile
http.start { |connected| connected.get('/first') }
begin
  PinnedHTTP.pin(http).start { |connected| connected.get('/second') }
rescue OpenSSL::SSL::SSLError => e
  puts e.message
end
