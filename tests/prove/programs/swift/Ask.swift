// Asks generated code to judge chains. A line of input is CLIENT VARIANT HOST METHOD TRUSTED CHAIN, separated by tabs;
// CHAIN is base64, separated by commas. TRUSTED is the system's judgement of chain and name.
import Alamofire
import Foundation
import Networking
import Security
import TrustKit

func challenge(_ fields: [String], _ trust: SecTrust?) -> URLAuthenticationChallenge {
  URLAuthenticationChallenge(
    protectionSpace: URLProtectionSpace(host: fields[2], authenticationMethod: fields[3], serverTrust: trust))
}

func answer(of delegate: any URLSessionDelegate, _ fields: [String], _ trust: SecTrust?) -> String {
  nonisolated(unsafe) var answers: [String] = []
  let session = URLSession(configuration: .default, delegate: delegate, delegateQueue: nil)
  delegate.urlSession(session, didReceive: challenge(fields, trust)) { disposition, credential in
    answers.append("\(disposition)\(credential == nil ? "" : " with a credential")")
  }
  return answers.joined(separator: ", ")
}

func answer(of manager: ServerTrustManager, _ host: String, _ trust: SecTrust) -> String {
  do {
    guard let evaluator = try manager.serverTrustEvaluator(forHost: host) else { return "no evaluator" }
    try evaluator.evaluate(trust, forHost: host)
    return "evaluated"
  } catch {
    return "thrown"
  }
}

while let line = readLine() {
  let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  let chain = fields[5].split(separator: ",").map { SecCertificate(der: Data(base64Encoded: String($0))!) }
  let trust = fields[4] == "none" ? nil : SecTrust(isTrusted: fields[4] == "trusted", chain: chain)
  switch fields[0] {
  case "urlsession": print(answer(of: delegates[fields[1]]!(), fields, trust))
  case "alamofire": print(answer(of: managers[fields[1]]!(), fields[2], trust!))
  case "reports":
    print(reports.joined(separator: ", "))
    reports = []
  case "starts":
    TrustKit.starts = 0
    for _ in 1...3 { _ = configurations[fields[1]]!() }
    print(TrustKit.starts)
  case "trustkit": print(answer(of: configurations[fields[1]]!(), fields, trust))
  default:
    _ = configurations[fields[1]]!()
    print(String(decoding: try! JSONSerialization.data(withJSONObject: TrustKit.configuration, options: .sortedKeys), as: UTF8.self))
  }
}
