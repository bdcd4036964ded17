// Replaces the URL sessions of Foundation on Apple's platforms, and the types of Security that they use.
import Foundation

public let NSURLAuthenticationMethodServerTrust = "NSURLAuthenticationMethodServerTrust"
public let NSURLAuthenticationMethodHTTPBasic = "NSURLAuthenticationMethodHTTPBasic"

public final class SecCertificate: @unchecked Sendable {
  public let der: Data
  public init(der: Data) { self.der = der }
}

public final class SecTrust: @unchecked Sendable {
  public let isTrusted: Bool
  public let chain: [SecCertificate]
  public init(isTrusted: Bool, chain: [SecCertificate]) {
    self.isTrusted = isTrusted
    self.chain = chain
  }
}

open class URLSessionConfiguration: NSObject, @unchecked Sendable {
  public static var `default`: URLSessionConfiguration { URLSessionConfiguration() }
}

public protocol URLSessionDelegate: NSObjectProtocol, Sendable {
  func urlSession(
    _ session: URLSession,
    didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  )
}

public struct URLRequest {
  public let url: URL
  public var httpMethod: String?
  public var httpBody: Data?
  public init(url: URL) { self.url = url }
  public mutating func setValue(_ value: String?, forHTTPHeaderField field: String) {}
}

open class URLSessionTask: NSObject, @unchecked Sendable {}

/// Prints its request instead of sending it.
public final class URLSessionDataTask: URLSessionTask, @unchecked Sendable {
  private let request: URLRequest
  init(request: URLRequest) { self.request = request }
  public func resume() {
    print(request.httpMethod!, request.url, String(decoding: request.httpBody!, as: UTF8.self))
  }
}

public protocol URLSessionTaskDelegate: URLSessionDelegate {
  func urlSession(
    _ session: URLSession,
    task: URLSessionTask,
    didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  )
}

open class URLSession: NSObject, @unchecked Sendable {
  public enum AuthChallengeDisposition: Int, Sendable {
    case useCredential, performDefaultHandling, cancelAuthenticationChallenge, rejectProtectionSpace
  }
  public let delegate: (any URLSessionDelegate)?
  public init(configuration: URLSessionConfiguration, delegate: (any URLSessionDelegate)?, delegateQueue: OperationQueue?) {
    self.delegate = delegate
  }
  public static let shared = URLSession(configuration: .default, delegate: nil, delegateQueue: nil)
  public func dataTask(with request: URLRequest) -> URLSessionDataTask { URLSessionDataTask(request: request) }
}

open class URLProtectionSpace: NSObject, @unchecked Sendable {
  public let host: String
  public let authenticationMethod: String
  public let serverTrust: SecTrust?
  public init(host: String, authenticationMethod: String, serverTrust: SecTrust?) {
    self.host = host
    self.authenticationMethod = authenticationMethod
    self.serverTrust = serverTrust
  }
}

open class URLAuthenticationChallenge: NSObject, @unchecked Sendable {
  public let protectionSpace: URLProtectionSpace
  public init(protectionSpace: URLProtectionSpace) { self.protectionSpace = protectionSpace }
}

open class URLCredential: NSObject, @unchecked Sendable {
  public init(trust: SecTrust) {}
}
