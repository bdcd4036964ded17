// Asks about the chain of a server with the sender of a page in place: HOST CHAIN, in base64
import Foundation
import Networking

// SENDER

let certificate = SecCertificate(der: Data(base64Encoded: CommandLine.arguments[2])!)
let space = URLProtectionSpace(
  host: CommandLine.arguments[1],
  authenticationMethod: NSURLAuthenticationMethodServerTrust,
  serverTrust: SecTrust(isTrusted: true, chain: [certificate]))
session.delegate!.urlSession(session, didReceive: URLAuthenticationChallenge(protectionSpace: space)) { disposition, _ in
  print(disposition)
}
