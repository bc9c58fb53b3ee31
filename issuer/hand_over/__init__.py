"""Hand-over of credentials to wallets: invitations and OpenID4VCI 1.0."""
