package importer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the default of PBKDF2 in RFC 8018, still written by OpenSSL 1.0
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

// maxIterations bounds the time that a key derivation may take: OpenSSL and Java
// write 2,048 to 600,000; two million take about a second.
const maxIterations = 2_000_000

var errIterations = errors.New("asks for more than two million rounds of key derivation, which no usual tool writes")

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidAES    = map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}
	oidHMAC   = map[string]func() hash.Hash{
		"":                    sha1.New, // absent
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
	}
)

// decryptPKCS8 opens an EncryptedPrivateKeyInfo (RFC 5958) that is protected by
// PBES2 with PBKDF2 and AES-CBC (RFC 8018), the only scheme that OpenSSL and Java
// still write.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, errors.New("holds an encrypted private key that is damaged")
	}
	var scheme struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	var kdf struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	unknown := errors.New("holds a private key with an encryption that is not known here; convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc")
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &scheme); err != nil || !scheme.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.KDF.Parameters.FullBytes, &kdf); err != nil {
		return nil, unknown
	}
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, unknown
	}
	size, newHash := oidAES[scheme.Cipher.Algorithm.String()], oidHMAC[kdf.PRF.Algorithm.String()]
	if size == 0 || newHash == nil || len(iv) != aes.BlockSize || kdf.Iterations < 1 {
		return nil, unknown
	}
	if kdf.Iterations > maxIterations {
		return nil, errIterations
	}
	if password == "" {
		return nil, errors.New("holds an encrypted private key, and the file gives no password for it")
	}
	wrong := errors.New("holds a private key that does not open with the password that the file gives for it")
	if len(info.Data) == 0 || len(info.Data)%aes.BlockSize != 0 {
		return nil, wrong
	}
	key, err := pbkdf2.Key(newHash, password, kdf.Salt, kdf.Iterations, size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize || pad > len(plain) {
		return nil, wrong
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, wrong
		}
	}
	return plain[:len(plain)-pad], nil
}

// manyRounds looks through the readable part of a DER structure for a salt
// followed by a number of rounds that would take minutes: the PKCS12 library
// derives keys without a limit of time. What is not DER has none.
func manyRounds(der []byte, depth int) bool {
	afterOctets := false
	for rest := der; len(rest) > 0; {
		var v asn1.RawValue
		next, err := asn1.Unmarshal(rest, &v)
		if err != nil {
			return false
		}
		rest = next
		switch {
		case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagInteger && afterOctets:
			var rounds int64
			if _, err := asn1.Unmarshal(v.FullBytes, &rounds); err != nil || rounds > maxIterations {
				return true
			}
		case depth < 32 && (v.IsCompound || v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString):
			if manyRounds(v.Bytes, depth+1) {
				return true
			}
		}
		afterOctets = v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString
	}
	return false
}
