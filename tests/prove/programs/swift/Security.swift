// Replaces Apple's Security: the test decides how a trust object judges.
@_exported import Networking
import Foundation

public typealias CFData = Data
public typealias CFArray = [Any]
public typealias CFError = NSError

public func SecTrustEvaluateWithError(_ trust: SecTrust, _ error: UnsafeMutablePointer<CFError?>?) -> Bool { trust.isTrusted }
public func SecTrustCopyCertificateChain(_ trust: SecTrust) -> CFArray? { trust.chain }
public func SecCertificateCopyData(_ certificate: SecCertificate) -> CFData { certificate.der }
