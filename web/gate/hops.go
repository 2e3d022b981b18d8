package gate

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	hopLimit  = 5
	hopsBytes = 4 << 10
)

// behind is the address that a gateway's request is about: the rightmost hop
// of X-Forwarded-For that is neither a gateway nor a proxy of ours. It is the
// zero address, unknown, where they do not say it plainly.
func (g *gate) behind(r *http.Request) netip.Addr {
	joined := strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ",")
	if len(joined) > hopsBytes {
		return netip.Addr{}
	}
	hops := strings.Split(joined, ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-hopLimit); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		if !within(g.gateways, hop) && !within(g.proxies, hop) {
			return hop
		}
	}
	return netip.Addr{}
}

// peerOf is the other end of the connection, without its port.
func peerOf(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer
}

func parseHop(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr.Unmap().WithZone(""), err == nil
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
