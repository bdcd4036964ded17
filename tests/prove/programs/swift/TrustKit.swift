// Stands for TrustKit 3: the names and values of its TSKTrustKitConfig.h, what it was told, and what it says of a host.
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

public enum TSKTrustDecision: Int, Sendable {
  case shouldAllowConnection, shouldBlockConnection, domainNotPinned
}

public final class TSKPinningValidator: @unchecked Sendable {
  /// Knows the domains that it was told, as they are spelt, and takes a chain of theirs that is trusted.
  public func evaluateTrust(_ trust: SecTrust, forHostname host: String) -> TSKTrustDecision {
    guard let domains = TrustKit.told[kTSKPinnedDomains] as? [String: Any], domains[host] != nil else {
      return .domainNotPinned
    }
    return trust.isTrusted ? .shouldAllowConnection : .shouldBlockConnection
  }
}

public final class TrustKit: @unchecked Sendable {
  public static func initSharedInstance(withConfiguration configuration: [String: Any]) {
    told = configuration
    starts += 1
  }
  nonisolated(unsafe) public static var starts = 0
  nonisolated(unsafe) public static var told: [String: Any] = [:]
  public static func sharedInstance() -> TrustKit { TrustKit() }
  public var pinningValidator: TSKPinningValidator { TSKPinningValidator() }
}
