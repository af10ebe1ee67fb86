#ifndef PARKIT_ADDRESS_H
#define PARKIT_ADDRESS_H
/* Which addresses are not of the public Internet (RFC 6890 and the IANA special-purpose registries). */
#include <stdbool.h>
#include <sys/socket.h>

/**
 * address_is_private() - whether @address (IPv4 or IPv6) is loopback, private, link-local, shared
 * (RFC 6598), multicast, unspecified or reserved; an IPv4 address inside an IPv6 one is looked into.
 * Other families count as private. Thread-safe.
 */
bool address_is_private(const struct sockaddr *address);

/**
 * address_no_such_name() - whether the resolver says that the host of @url does not exist, which asking again will not change;
 * false also where it does not answer, or only that it cannot tell now. libcurl has one code for all of these. Asks the network, so
 * it may take seconds. Thread-safe.
 */
bool address_no_such_name(const char *url);

#endif
