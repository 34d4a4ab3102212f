// SPDX-License-Identifier: Apache-2.0

package mail

import "crypto/x509"

// Trust has the server known by a certificate of a test.
func (s *Server) Trust(roots *x509.CertPool) { s.roots = roots }
