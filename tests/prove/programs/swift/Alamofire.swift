// Replaces Alamofire 5: the declarations that generated code uses, as in its ServerTrustEvaluation.swift.
import Foundation
import Security

open class ServerTrustManager: @unchecked Sendable {
  public let allHostsMustBeEvaluated: Bool
  public let evaluators: [String: any ServerTrustEvaluating]
  public init(allHostsMustBeEvaluated: Bool = true, evaluators: [String: any ServerTrustEvaluating]) {
    self.allHostsMustBeEvaluated = allHostsMustBeEvaluated
    self.evaluators = evaluators
  }
  open func serverTrustEvaluator(forHost host: String) throws -> (any ServerTrustEvaluating)? { nil }
}

public protocol ServerTrustEvaluating: Sendable {
  func evaluate(_ trust: SecTrust, forHost host: String) throws
}

public enum AFError: Error {
  public enum ServerTrustFailureReason: Sendable {
    case noRequiredEvaluator(host: String)
    case customEvaluationFailed(error: any Error)
  }
  case serverTrustEvaluationFailed(reason: ServerTrustFailureReason)
}

public struct AlamofireExtension<ExtendedType> {
  let type: ExtendedType
}

extension SecTrust {
  public var af: AlamofireExtension<SecTrust> { AlamofireExtension(type: self) }
}

extension AlamofireExtension where ExtendedType == SecTrust {
  public func performDefaultValidation(forHost host: String) throws {
    if !SecTrustEvaluateWithError(type, nil) { throw URLError(.serverCertificateUntrusted) }
  }
  public func performValidation(forHost host: String) throws {
    if !SecTrustEvaluateWithError(type, nil) { throw URLError(.serverCertificateUntrusted) }
  }
  public var certificates: [SecCertificate] { SecTrustCopyCertificateChain(type) as? [SecCertificate] ?? [] }
}
