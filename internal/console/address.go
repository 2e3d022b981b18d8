package console

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// How many hops of X-Forwarded-For are walked, and of how many bytes.
const (
	HopLimit      = 5
	HopsByteLimit = 4 << 10
)

// PlainAddr is addr in the form in which addresses are compared: IPv4 never in
// IPv6 spelling, and without a zone.
func PlainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// ParseAddr reads an address as a person or a service writes it, in the form
// in which addresses are compared.
func ParseAddr(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSpace(text))
	return PlainAddr(addr), err == nil
}

// IsThisMachine reports whether a host, as an address of a page names it, is
// whatever machine follows the address.
func IsThisMachine(host string) bool {
	addr, ok := ParseAddr(host)
	return strings.EqualFold(host, "localhost") || ok && addr.IsLoopback()
}

// Peer is the other end of a connection without its port.
func Peer(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

// Within reports whether one of prefixes holds the plain address addr.
func Within(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Network is the network that an address counts for where attempts are counted:
// its /24 or, of IPv6, its /64. All that is no address counts as one.
func Network(text string) string {
	addr, ok := ParseAddr(text)
	if !ok {
		return "unknown"
	}
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// ClientBehind is the first hop from the right, in the lines of an
// X-Forwarded-For header, that is no proxy of ours. It is the zero address,
// unknown, unless all up to there can be read and is within the limits.
func ClientBehind(proxies []netip.Prefix, lines []string) netip.Addr {
	joined := strings.Join(lines, ",")
	if len(joined) > HopsByteLimit {
		return netip.Addr{}
	}
	hops := strings.Split(joined, ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-HopLimit); i-- {
		hop, ok := ParseAddr(hops[i])
		if !ok {
			return netip.Addr{}
		}
		if !Within(proxies, hop) {
			return hop
		}
	}
	return netip.Addr{}
}
