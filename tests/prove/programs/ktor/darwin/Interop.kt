package kotlinx.cinterop

@RequiresOptIn
annotation class UnsafeNumber
