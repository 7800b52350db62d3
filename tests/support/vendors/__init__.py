"""CRMs on loopback: each checks every request against what its vendor documents, and answers as the vendor does."""
