package gate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"
)

// newCertificate makes one that vouches for itself.
func newCertificate(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
}

// TestGatewaysKnowTheConsole by its certificate, where it has one.
func TestGatewaysKnowTheConsole(t *testing.T) {
	certificate := newCertificate(t)
	for _, kind := range slices.Sorted(maps.Keys(programs)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, kind, certificate, false)
			_, text := r.token("reader")
			r.shut("by somebody else's certificate", r.send("GET", "/", "", text), 503)
			if kind == "haproxy" {
				return // it finds servers by names from DNS only, if it is to know them
			}
			r = newRig(t, kind, certificate, true)
			good, text := r.token("reader")
			r.open("by its own", r.send("GET", "/", "", text), good)
			r.shut("by its own, without a token", r.send("GET", "/", ""), 401)
		})
	}
}
