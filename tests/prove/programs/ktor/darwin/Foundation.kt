// Replaces declarations of Apple's frameworks, so that the choice of pins can run on a JVM.
package platform.Foundation

class NSURLSession

class NSURLSessionTask

class NSURLCredential

class NSURLProtectionSpace(
    val host: String,
    val authenticationMethod: String,
)

class NSURLAuthenticationChallenge(
    val protectionSpace: NSURLProtectionSpace,
)

typealias NSURLSessionAuthChallengeDisposition = Long

const val NSURLAuthenticationMethodServerTrust = "NSURLAuthenticationMethodServerTrust"
const val NSURLSessionAuthChallengeUseCredential = 0L
const val NSURLSessionAuthChallengePerformDefaultHandling = 1L
const val NSURLSessionAuthChallengeCancelAuthenticationChallenge = 2L
