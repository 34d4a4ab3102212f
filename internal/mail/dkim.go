// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/lecito/lecito/internal/problem"
)

// Key signs messages for a domain (DKIM, RFC 6376; Ed25519 as in RFC 8463).
type Key struct {
	domain   string
	selector string
	signer   crypto.Signer
}

// ReadKey reads a key written as DOMAIN:SELECTOR:FILE, the file being PEM
// (PKCS #8, or PKCS #1 for RSA).
func ReadKey(setting string) (*Key, error) {
	parts := strings.SplitN(setting, ":", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return nil, problem.New(problem.Invalid, "dkim_key", "A DKIM key is named as DOMAIN:SELECTOR:FILE, such as shop.example:lecito:dkim.pem.")
	}
	raw, err := os.ReadFile(parts[2])
	if err != nil {
		return nil, fmt.Errorf("read the DKIM key: %w", err)
	}
	signer, err := parseKey(raw)
	if err != nil {
		return nil, problem.New(problem.Invalid, "dkim_key", "The DKIM key's file holds no RSA or Ed25519 key in PEM.").Because(err)
	}
	return &Key{domain: parts[0], selector: parts[1], signer: signer}, nil
}

func parseKey(raw []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T", key)
	}
	return signer, nil
}

// signed are the headers that a signature covers: what RFC 6376, 5.4.1 names,
// and both of RFC 8058, without which mail programs offer no one-click. Each
// stands once more than it occurs, so that none can be added.
func signed() []string {
	return []string{
		"From", "From", "To", "To", "Reply-To", "Reply-To", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID",
		"MIME-Version", "Content-Type", "Content-Language", "Auto-Submitted",
		"List-Unsubscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe-Post",
	}
}

// sign puts the signature in front. A nil key leaves the message as it is.
func (k *Key) sign(message []byte) ([]byte, error) {
	if k == nil {
		return message, nil
	}
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{
		Domain: k.domain, Selector: k.selector, Signer: k.signer,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: signed(),
	})
	if err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	return out.Bytes(), nil
}
