-- The photos of the reviews on one page of the list.
--   1st to 5th ?  review ids (the last one repeated when the page is shorter)
-- Answered from the index reviews_photos_review.
SELECT review_id, id, url
FROM reviews_photos
WHERE review_id IN (?, ?, ?, ?, ?)
ORDER BY review_id, id;
