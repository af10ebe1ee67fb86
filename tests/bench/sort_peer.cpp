// The peer of sort: seconds that std::sort of GCC's parallel mode takes for the keys of `parkit-cpu sort --seed 1`.
#include <parallel/algorithm>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

static std::uint64_t mix(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int main(int argc, char **argv)
{
    std::vector<std::uint64_t> keys(argc > 1 ? static_cast<std::size_t>(std::strtod(argv[1], nullptr)) : 100000000);
    for (std::size_t i = 0; i < keys.size(); i++)
        keys[i] = mix(mix(1) + (i + 1) * 0x9E3779B97F4A7C15u);
    auto start = std::chrono::steady_clock::now();
    __gnu_parallel::sort(keys.begin(), keys.end());
    std::printf("%.6f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    for (std::size_t i = 1; i < keys.size(); i++)
        if (keys[i] < keys[i - 1])
            return 1;
    return 0;
}
