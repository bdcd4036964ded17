// Sends one request with a generated Retrofit: VARIANT URL CAFILE PROXY
package proof

import okhttp3.ResponseBody
import retrofit2.Call
import retrofit2.http.GET
import kotlin.system.exitProcess

interface Api {
    @GET(".")
    fun fetch(): Call<ResponseBody> // Retrofit reads the body to its end
}

fun main(arguments: Array<String>) {
    val (variant, url, cafile, proxy) = arguments
    try {
        val api = pinned(variant)(url, plain(cafile, proxy)).build().create(Api::class.java)
        val response = api.fetch().execute()
        check(response.isSuccessful) { "$response" }
    } catch (failure: Exception) {
        System.err.println("$failure".replace('\n', ' '))
        exitProcess(1)
    }
    exitProcess(0)
}
