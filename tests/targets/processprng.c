/* bcryptprimitives.dll for wine 8, which lacks it: every Rust program asks it for random numbers at its start. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
