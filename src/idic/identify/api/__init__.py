"""The API of Identify: customers, possible doubles, who is who and its log."""

from ninja import Router

from . import customers, duplicates, identity

router = Router()
router.add_router("", customers.router)
router.add_router("", duplicates.router)
router.add_router("", identity.router)
