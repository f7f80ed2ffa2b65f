"""The API of Identify: customers, who is who and its log."""

from ninja import Router

from . import customers, identity

router = Router()
router.add_router("", customers.router)
router.add_router("", identity.router)
