// Stands for TrustKit 3: the names and values of its TSKTrustKitConfig.h, and what it was told.
import Foundation
@_exported import Networking

public let kTSKSwizzleNetworkDelegates = "TSKSwizzleNetworkDelegates"
public let kTSKPinnedDomains = "TSKPinnedDomains"
public let kTSKExcludeSubdomainFromParentPolicy = "kSKExcludeSubdomainFromParentPolicy"
public let kTSKPublicKeyHashes = "TSKPublicKeyHashes"
public let kTSKIncludeSubdomains = "TSKIncludeSubdomains"
public let kTSKEnforcePinning = "TSKEnforcePinning"
public let kTSKExpirationDate = "TSKExpirationDate"
public let kTSKReportUris = "TSKReportUris"
public let kTSKDisableDefaultReportUri = "TSKDisableDefaultReportUri"

public final class TSKPinningValidator: @unchecked Sendable {
  public func handle(
    _ challenge: URLAuthenticationChallenge,
    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) -> Bool { false }
}

public final class TrustKit: @unchecked Sendable {
  public static func initSharedInstance(withConfiguration configuration: [String: Any]) {
    told = configuration
  }
  nonisolated(unsafe) public static var told: [String: Any] = [:]
  public static func sharedInstance() -> TrustKit { TrustKit() }
  public var pinningValidator: TSKPinningValidator { TSKPinningValidator() }
}
