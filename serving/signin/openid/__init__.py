"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE.

Imported only by a service that has one: it needs ``joserfc`` (the extra ``oidc``) and an HTTP library.
"""
