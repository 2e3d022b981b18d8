package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// parameters are what an argon2id hash is made with.
type parameters struct {
	memory     uint32 // in KiB
	passes     uint32
	lanes      uint8
	saltLength int
	keyLength  int
}

// current is what new hashes are made with: OWASP's first choice for argon2id.
var current = parameters{memory: 19 * 1024, passes: 2, lanes: 1, saltLength: 16, keyLength: 32}

// weak are the lowest parameters that parse accepts.
var weak = parameters{memory: 8, passes: 1, lanes: 1, saltLength: 16, keyLength: 32}

// encoded is a hash with all that is needed to check a password against it.
type encoded struct {
	parameters
	salt, key []byte
}

// String is e in the PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (e encoded) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, e.memory, e.passes, e.lanes,
		base64.RawStdEncoding.EncodeToString(e.salt), base64.RawStdEncoding.EncodeToString(e.key))
}

var errNotPHC = errors.New("not an argon2id hash of a known form and a reasonable cost")

// parse reads the PHC form. It bounds the cost, so that a row written by
// somebody else cannot make one sign-in take all memory or a minute.
func parse(phc string) (encoded, error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return encoded{}, errNotPHC
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return encoded{}, errNotPHC
	}
	memory, ok1 := cost(costs[0], "m=", 8, 256*1024)
	passes, ok2 := cost(costs[1], "t=", 1, 16)
	lanes, ok3 := cost(costs[2], "p=", 1, 16)
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case !ok1, !ok2, !ok3, err1 != nil, err2 != nil:
		return encoded{}, errNotPHC
	case memory < 8*lanes, len(salt) < 8, len(salt) > 64, len(key) < 16, len(key) > 64:
		return encoded{}, errNotPHC
	}
	return encoded{
		parameters: parameters{uint32(memory), uint32(passes), uint8(lanes), len(salt), len(key)},
		salt:       salt, key: key,
	}, nil
}

func cost(text, name string, least, most uint64) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	return n, ok && err == nil && n >= least && n <= most
}
