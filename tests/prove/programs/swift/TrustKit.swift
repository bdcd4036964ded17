// Replaces TrustKit 3: the names and values of its TSKTrustKitConfig.h, its configuration, its decision about a host.
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
  /// Compares the configured domains literally, and accepts a trusted chain for them.
  public func evaluateTrust(_ trust: SecTrust, forHostname host: String) -> TSKTrustDecision {
    guard let domains = TrustKit.configuration[kTSKPinnedDomains] as? [String: Any], domains[host] != nil else {
      return .domainNotPinned
    }
    return trust.isTrusted ? .shouldAllowConnection : .shouldBlockConnection
  }
}

public final class TrustKit: @unchecked Sendable {
  public static func initSharedInstance(withConfiguration configuration: [String: Any]) {
    Self.configuration = configuration
    starts += 1
  }
  nonisolated(unsafe) public static var starts = 0
  nonisolated(unsafe) public static var configuration: [String: Any] = [:]
  public static func sharedInstance() -> TrustKit { TrustKit() }
  public var pinningValidator: TSKPinningValidator { TSKPinningValidator() }
}
